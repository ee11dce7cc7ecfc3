/** Between what an input holds (an entry of `view.state.values`) and the value one gives it. */

import type { Element, Entry, Option } from "../types";

export const TEXTS = new Set([
  "plain_text_input",
  "number_input",
  "email_text_input",
  "url_text_input",
]);

/** What an act gives to an input: text, an option's value, ids, or several of them. */
export type Value = string | number | string[] | object | null;

const HOLDS: Record<string, string> = {
  users_select: "selected_user",
  conversations_select: "selected_conversation",
  channels_select: "selected_channel",
  multi_users_select: "selected_users",
  multi_conversations_select: "selected_conversations",
  multi_channels_select: "selected_channels",
  datepicker: "selected_date",
  timepicker: "selected_time",
  datetimepicker: "selected_date_time",
  rich_text_input: "rich_text_value",
};

/** The value in an entry, in the form in which it is given back. */
export function valueOf(element: Element, entry: Entry | undefined): Value {
  if (!entry) return null;
  if (TEXTS.has(element.type)) return entry.value ?? "";
  const name = HOLDS[element.type];
  if (name) return entry[name] ?? null;
  if ("selected_options" in entry) {
    return (entry.selected_options ?? []).map((option: Option) => option.value);
  }
  return entry.selected_option?.value ?? null;
}

/** The options that an entry holds whole: of a menu whose choices the app gave. */
export function heldOptions(entry: Entry | undefined): Option[] {
  if (!entry) return [];
  return entry.selected_options ?? (entry.selected_option ? [entry.selected_option] : []);
}

export const words = (text: { text: string } | undefined, otherwise = "") =>
  text?.text ?? otherwise;
