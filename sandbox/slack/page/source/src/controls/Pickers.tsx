/** Days and times, in the browser's own pickers. */

import { valueOf } from "./entries";
import { aria, shown, useSurface, type ControlProps } from "./surface";

const TYPES: Record<string, string> = {
  datepicker: "date",
  timepicker: "time",
  datetimepicker: "datetime-local",
};
const MINUTE_MS = 60_000;

/** Seconds since 1970 as the local time that `datetime-local` shows. */
function local(seconds: number): string {
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

export function PickerControl(props: ControlProps) {
  const surface = useSurface();
  const { block, element } = props;
  const held = shown<string | number | null>(surface, props, valueOf);
  const moment = element.type === "datetimepicker";
  const value = held === null ? "" : moment ? local(held as number) : `${held}`;
  const change = (text: string) => {
    const given = text && moment ? Math.round(new Date(text).getTime() / 1000) : text;
    surface.change(block, element, given || null);
  };
  return (
    <input {...aria(props)} className="text picker" type={TYPES[element.type]} value={value} onChange={(event) => change(event.target.value)} />
  );
}
