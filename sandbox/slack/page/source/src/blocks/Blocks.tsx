/** The blocks of a message or a view: what only shows something is drawn, the rest can be used. */

import { Fragment } from "react";
import { Control } from "../controls/Control";
import { Drawn } from "./Drawn";
import { Field } from "./Field";
import { Pressable } from "./Pressable";
import { DataTable } from "./DataTable";
import type { Block, Element } from "../types";

const PRESSABLE = new Set(["card", "carousel"]);

export function Blocks({ blocks, errors = {} }: { blocks: Block[]; errors?: Record<string, string> }) {
  return (
    <div className="blocks">
      {blocks.map((block, index) => (
        <Fragment key={keyOf(block, index)}>
          <One block={block} error={errors[block.block_id]} errors={errors} />
        </Fragment>
      ))}
    </div>
  );
}

/* What one fills in is known by its names. Anything else by its place: blocks that the app gives no name
get another with every update, and a button would lose the focus each time. */
const keyOf = (block: Block, index: number) =>
  block.type === "input" ? `${block.block_id} ${block.element.action_id} ${block.element.type}` : `${index} ${block.type}`;

function One({ block, error, errors }: { block: Block; error?: string; errors: Record<string, string> }) {
  const accessory: Element | undefined = block.accessory;
  if (block.type === "input") return <Field block={block} error={error} />;
  if (block.type === "actions" || block.type === "context_actions") return <Actions block={block} />;
  if (block.type === "section" && accessory && accessory.type !== "image") {
    const { accessory: _own, ...bare } = block;
    return (
      <div className="with-accessory">
        <Drawn blocks={[bare as Block]} />
        <Control block={block} element={accessory} label={block.text?.text ?? ""} id={`${block.block_id}-${accessory.action_id}`} />
      </div>
    );
  }
  if (block.type === "container") {
    return (
      <details className="container" open={!block.default_collapsed}>
        <summary>{block.title?.text ?? "More"}</summary>
        <Blocks blocks={block.child_blocks} errors={errors} />
      </details>
    );
  }
  if (block.type === "data_table") return <DataTable block={block} />;
  if (PRESSABLE.has(block.type)) return <Pressable block={block} />;
  return <Drawn blocks={[block]} />;
}

function Actions({ block }: { block: Block }) {
  return (
    <div className="actions">
      {(block.elements as Element[]).map((element) => (
        <Control
          key={element.action_id}
          block={block}
          element={element}
          label={element.placeholder?.text ?? element.text?.text ?? element.action_id}
          id={`${block.block_id}-${element.action_id}`}
        />
      ))}
    </div>
  );
}
