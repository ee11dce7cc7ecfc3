/** Plain text in which `:names:` of emoji become emoji, drawn by the renderer of messages. */

import { emojify } from "node-emoji";

const NAME = /:[a-z0-9_+-]+:/;

export function Emoji({ text }: { text: string }) {
  return <>{NAME.test(text) ? emojify(text) : text}</>;
}
