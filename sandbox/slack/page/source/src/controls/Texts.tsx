/** Inputs for text: plain, number, e-mail, address, and text with lines. */

import { valueOf } from "./entries";
import { aria, shown, useSurface, type ControlProps } from "./surface";

const KINDS: Record<string, { type: string; inputMode?: "decimal" | "numeric" }> = {
  plain_text_input: { type: "text" },
  // Slack's form says itself what is wrong with a number: a browser would not let it be typed
  number_input: { type: "text", inputMode: "decimal" },
  email_text_input: { type: "email" },
  url_text_input: { type: "url" },
};

export function TextControl(props: ControlProps) {
  const { block, element } = props;
  const surface = useSurface();
  const value = shown<string>(surface, props, valueOf) ?? "";
  const announces = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const each = announces.includes("on_character_entered");
  const told = block.dispatch_action || block.type !== "input";
  const change = (text: string) => surface.change(block, element, text, { typing: !(told && each) });
  const shared = {
    ...aria(props),
    className: "text",
    value,
    placeholder: element.placeholder?.text,
    autoComplete: "off",
    onChange: (event: { target: { value: string } }) => change(event.target.value),
  };
  if (element.multiline) return <textarea {...shared} rows={4} />;
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key !== "Enter" || !told || !announces.includes("on_enter_pressed")) return;
    event.preventDefault();
    surface.change(block, element, value);
  };
  return <input {...shared} {...KINDS[element.type]} onKeyDown={onKeyDown} />;
}

/** Text with paragraphs, kept as a rich_text block of plain sections. */
export function RichTextControl(props: ControlProps) {
  const surface = useSurface();
  const held = shown<{ elements?: { elements?: { text?: string }[] }[] } | null>(surface, props, valueOf);
  const lines = (held?.elements ?? []).map((part) => (part.elements ?? []).map((e) => e.text ?? "").join(""));
  const change = (text: string) => {
    const section = (line: string) => ({ type: "rich_text_section", elements: [{ type: "text", text: line }] });
    const value = text ? { type: "rich_text", elements: text.split("\n").map(section) } : null;
    surface.change(props.block, props.element, value, { typing: true });
  };
  return (
    <textarea {...aria(props)} className="text" rows={4} value={lines.join("\n")} placeholder={props.element.placeholder?.text} onChange={(event) => change(event.target.value)} />
  );
}
