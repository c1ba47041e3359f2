// JavaRosa as referee: reads forms and steps from standard input, tells after each step every value as it would be sent.
//
// In, one line each:  FORM base64-of-XForm   SET place base64-of-text   ADD place   QUIT
//                     EVAL place base64-of-expression
// Out, one line each: VALUE base64-of-text for EVAL, else READY, or REFUSED base64-of-reason; after each step the nodes, then DONE, or FAILED base64-of-reason.
// A node: NODE place relevant(1/0) constraint(1/0/-) base64-of-value. A place: /data/members[2]/name[1], counted from 1.
// Needs the jar in the pyxform wheel on the class path: java -cp ODK_Validate.jar Referee.java

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormAnswerDataParser;
import org.javarosa.xform.util.XFormUtils;
import org.javarosa.xpath.XPathParseTool;
import org.javarosa.xpath.expr.XPathFuncExpr;

public class Referee {
    private static PrintStream out;
    private static FormDef form;
    private static FormEntryController controller;

    public static void main(String[] arguments) throws Exception {
        out = new PrintStream(System.out, true, "UTF-8");
        System.setOut(System.err); // the library prints as it likes
        new XFormsModule().registerModule();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null && !line.equals("QUIT"); line = in.readLine()) {
            String[] words = line.split(" ", -1);
            try {
                if (words[0].equals("FORM")) open(decoded(words[1]));
                else if (words[0].equals("EVAL")) {
                    out.println("VALUE " + encoded(evaluated(words[1], decoded(words[2]))));
                    continue;
                } else if (words[0].equals("SET")) set(words[1], decoded(words[2]));
                else add(words[1]);
                if (words[0].equals("FORM")) out.println("READY");
                tell(form.getMainInstance().getRoot(), "", true);
                out.println("DONE");
            } catch (Throwable error) {
                out.println((words[0].equals("FORM") ? "REFUSED " : "FAILED ") + encoded(String.valueOf(error)));
            }
        }
    }

    private static void open(String xml) throws Exception {
        form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
        form.initialize(true, new InstanceInitializationFactory());
        controller = new FormEntryController(new FormEntryModel(form));
    }

    private static void set(String place, String text) {
        TreeElement node = find(place);
        IAnswerData answer = text.isEmpty() ? null : XFormAnswerDataParser.getAnswerData(text, node.getDataType(), null);
        form.setValue(answer, node.getRef(), true);
    }

    /** A new row of the repeat whose row that would be: /data/members[3] when there are two. */
    private static void add(String place) {
        FormEntryModel model = controller.getModel();
        FormIndex index = FormIndex.createBeginningOfFormIndex();
        for (index = model.incrementIndex(index); !index.isEndOfFormIndex(); index = model.incrementIndex(index)) {
            if (model.getEvent(index) != FormEntryController.EVENT_PROMPT_NEW_REPEAT) continue;
            if (!placeOf(index.getReference()).equals(place)) continue;
            controller.newRepeat(index);
            return;
        }
        throw new IllegalArgumentException("no row can be added at " + place);
    }

    /** Standing on the node at this place. */
    private static String evaluated(String place, String expression) throws Exception {
        TreeReference here = find(place).getRef();
        EvaluationContext context = new EvaluationContext(form.getEvaluationContext(), here);
        Object value = XPathParseTool.parseXPath(expression).eval(form.getMainInstance(), context);
        return XPathFuncExpr.toString(XPathFuncExpr.unpack(value));
    }

    private static String placeOf(TreeReference reference) {
        StringBuilder place = new StringBuilder();
        for (int at = 0; at < reference.size(); at++) {
            place.append('/').append(reference.getName(at));
            if (at > 0) place.append('[').append(Math.max(reference.getMultiplicity(at), 0) + 1).append(']');
        }
        return place.toString();
    }

    private static TreeElement find(String place) {
        TreeElement node = form.getMainInstance().getRoot();
        String[] steps = place.split("/");
        for (int at = 2; at < steps.length; at++) {
            String name = steps[at].substring(0, steps[at].indexOf('['));
            int row = Integer.parseInt(steps[at].substring(steps[at].indexOf('[') + 1, steps[at].length() - 1)) - 1;
            node = node.getChild(name, row);
            if (node == null) throw new IllegalArgumentException("nothing at " + place);
        }
        return node;
    }

    private static void tell(TreeElement node, String above, boolean relevant) {
        String place = above + "/" + node.getName() + (above.isEmpty() ? "" : "[" + (node.getMult() + 1) + "]");
        if (node.getMult() == TreeReference.INDEX_TEMPLATE) return;
        boolean here = relevant && node.isRelevant();
        if (node.getNumChildren() > 0) {
            for (int at = 0; at < node.getNumChildren(); at++) tell(node.getChildAt(at), place, here);
            return;
        }
        IAnswerData value = node.getValue();
        String text = value == null ? "" : value.uncast().getString();
        String valid = value == null ? "-" : form.evaluateConstraint(node.getRef(), value) ? "1" : "0";
        out.println("NODE " + place + " " + (here ? "1" : "0") + " " + valid + " " + encoded(text));
    }

    private static String decoded(String text) {
        return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
