/** Cards, drawn by slack-blocks-to-jsx, whose buttons can be pressed: clicks are told by their ids. */

import { useSurface } from "../controls/surface";
import type { Block, Element } from "../types";
import { Drawn } from "./Drawn";

export function Pressable({ block }: { block: Block }) {
  const surface = useSurface();
  const buttons = new Map<string, Element>();
  // cards of one carousel may name their buttons alike, and dialogs that ask back are ours
  const renamed = (card: Block, index: number): Block => ({
    ...card,
    actions: card.actions?.map((button: Element, place: number) => {
      const id = `${block.block_id}-${index}-${place}`;
      buttons.set(id, button);
      return { ...button, action_id: id, confirm: undefined };
    }),
  });
  const drawn =
    block.type === "carousel" ? { ...block, elements: block.elements.map(renamed) } : renamed(block, 0);
  const onClick = (event: React.MouseEvent) => {
    const button = buttons.get((event.target as HTMLElement).closest("button")?.id ?? "");
    if (button) void surface.press(block, button);
  };
  return (
    // the buttons inside take the keyboard
    <div onClick={onClick} className="pressable">
      <Drawn blocks={[drawn]} />
    </div>
  );
}
