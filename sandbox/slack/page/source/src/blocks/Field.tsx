/** An input with its label, its hint and what is wrong with it. */

import { Control } from "../controls/Control";
import type { Block, Element } from "../types";

const GROUPS = /^(checkboxes|radio_buttons|multi_(?!external))/;

export function Field({ block, error }: { block: Block; error?: string }) {
  const element: Element = block.element;
  const id = `${block.block_id}-${element.action_id}`;
  const label: string = block.label.text;
  const described = [block.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const words = (
    <>
      {label}
      {block.optional && <span className="muted"> (optional)</span>}
    </>
  );
  return (
    <div className={error ? "field wrong" : "field"} data-block={block.block_id}>
      {GROUPS.test(element.type) ? <div className="label">{words}</div> : <label className="label" htmlFor={id}>{words}</label>}
      <Control block={block} element={element} label={label} id={id} describedBy={described || undefined} invalid={!!error} />
      {error && (
        <div className="error" id={`${id}-error`} role="alert">
          {error}
        </div>
      )}
      {block.hint && (
        <div className="hint" id={`${id}-hint`}>
          {block.hint.text}
        </div>
      )}
    </div>
  );
}
