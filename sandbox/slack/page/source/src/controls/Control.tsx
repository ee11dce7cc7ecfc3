/** The control for an element, by its type. */

import type { ComponentType } from "react";
import { ButtonControl, OverflowControl } from "./Buttons";
import { ManyControl, RadioControl, SelectControl } from "./Menus";
import { PickerControl } from "./Pickers";
import { TypeAhead } from "./TypeAhead";
import { RichTextControl, TextControl } from "./Texts";
import type { ControlProps } from "./surface";

const CONTROLS: Record<string, ComponentType<ControlProps>> = {
  button: ButtonControl,
  icon_button: ButtonControl,
  workflow_button: ButtonControl,
  overflow: OverflowControl,
  plain_text_input: TextControl,
  number_input: TextControl,
  email_text_input: TextControl,
  url_text_input: TextControl,
  rich_text_input: RichTextControl,
  static_select: SelectControl,
  users_select: SelectControl,
  conversations_select: SelectControl,
  channels_select: SelectControl,
  multi_static_select: ManyControl,
  multi_users_select: ManyControl,
  multi_conversations_select: ManyControl,
  multi_channels_select: ManyControl,
  checkboxes: ManyControl,
  radio_buttons: RadioControl,
  external_select: TypeAhead,
  multi_external_select: TypeAhead,
  datepicker: PickerControl,
  timepicker: PickerControl,
  datetimepicker: PickerControl,
};

export function Control(props: ControlProps) {
  const Known = CONTROLS[props.element.type];
  if (!Known) return <span className="muted">({props.element.type} is not drawn by this simulator)</span>;
  return <Known {...props} />;
}
