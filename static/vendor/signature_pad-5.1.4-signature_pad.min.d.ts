// signature_pad 5.1.4, dist/types/*: its public part in one file.
export interface BasicPoint {
  x: number;
  y: number;
  pressure: number;
  time: number;
}

export interface PointGroupOptions {
  dotSize: number;
  minWidth: number;
  maxWidth: number;
  penColor: string;
  velocityFilterWeight: number;
  compositeOperation: GlobalCompositeOperation;
}

export interface PointGroup extends PointGroupOptions {
  points: BasicPoint[];
}

export interface Options extends Partial<PointGroupOptions> {
  minDistance?: number;
  backgroundColor?: string;
  throttle?: number;
  canvasContextOptions?: CanvasRenderingContext2DSettings;
}

/** Fires "beginStroke", "endStroke", "beforeUpdateStroke" and "afterUpdateStroke" (CustomEvent). */
export default class SignaturePad extends EventTarget {
  dotSize: number;
  minWidth: number;
  maxWidth: number;
  penColor: string;
  minDistance: number;
  velocityFilterWeight: number;
  compositeOperation: GlobalCompositeOperation;
  backgroundColor: string;
  throttle: number;
  constructor(canvas: HTMLCanvasElement, options?: Options);
  clear(): void;
  redraw(): void;
  fromDataURL(
    dataUrl: string,
    options?: { ratio?: number; width?: number; height?: number; xOffset?: number; yOffset?: number },
  ): Promise<void>;
  toDataURL(type?: string, encoderOptions?: number): string;
  on(): void;
  off(): void;
  isEmpty(): boolean;
  fromData(pointGroups: PointGroup[], options?: { clear?: boolean }): void;
  toData(): PointGroup[];
  toSVG(options?: { includeBackgroundColor?: boolean; includeDataUrl?: boolean }): string;
}
