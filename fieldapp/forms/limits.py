"""Every limit of forms in one place, and the count of compiler steps that no input may run past."""

from fieldapp.forms.refusals import FormRefused, refusal

# What the compiler reads
SOURCE_BYTES_MAX = 5_000_000
XML_CHARACTERS_MAX = 8_000_000
XML_ELEMENTS_MAX = 150_000
XML_DEPTH_MAX = 60
XML_ATTRIBUTES_MAX = 60
CELL_CHARACTERS_MAX = 32_000
SHEET_ROWS_MAX = 20_000
SHEET_COLUMNS_MAX = 200
WORKBOOK_PARTS_MAX = 300
WORKBOOK_BYTES_MAX = 40_000_000  # unpacked
ATTACHMENTS_MAX = 100
ATTACHMENT_BYTES_MAX = 20_000_000
MEDIA_BYTES_MAX = 5_000_000
LIST_ROWS_MAX = 60_000
LIST_COLUMNS_MAX = 50
LIST_CELL_MAX = 2_000
STEPS_MAX = 4_000_000  # the library's longest form takes about a hundredth of it
EXPRESSION_CHARACTERS_MAX = 8_000
EXPRESSION_DEPTH_MAX = 64

# What a plan holds
NODES_MAX = 2_000
LEVELS_MAX = 8
LIST_INLINE_MAX = 300  # longer lists are files beside the plan
TRIGGERS_MAX = 200  # sets of one question

# What an answer holds
ROWS_MAX = 200  # in one repeat
GROWN_ROWS_MAX = 2_000  # in a record, before counted repeats stop to grow
TEXT_MAX = 20_000


class Budget:
    """A number of steps to spend. Raises FormRefused `limit` when it is gone: no input makes the compiler run away."""

    def __init__(self, steps: int = STEPS_MAX):
        self.steps_max, self.left = steps, steps

    @property
    def spent(self) -> int:
        return self.steps_max - self.left

    def spend(self, steps: int = 1) -> None:
        self.left = max(self.left - steps, -1)
        if self.left < 0:
            raise FormRefused([refusal("limit", f"{self.steps_max} 步 / steps")])
