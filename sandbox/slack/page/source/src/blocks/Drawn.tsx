/** Blocks that only show something, drawn by slack-blocks-to-jsx. */

import { Component, memo, type ReactNode } from "react";
import { Message, type Block as DrawnBlock } from "slack-blocks-to-jsx";
import { useCast } from "../cast";
import { useTheme } from "../theme";
import { Link } from "./Link";
import type { Block, Cast } from "../types";

const UNKNOWN = /^[\w+:-]*$/;

const HOOKS = {
  // of `arn:aws:rds:...` the renderer would take `:aws:` for an emoji, and leave its colons out
  emoji: (emoji: { name: string }, draw: (emoji: { name: string }) => string) => {
    const drawn = draw(emoji);
    return UNKNOWN.test(drawn) ? `:${emoji.name}:` : drawn;
  },
  link: ({ href, className, children }: { href: string; className: string; children: ReactNode }) => (
    <Link href={href} className={className}>
      {children}
    </Link>
  ),
};

interface Props {
  blocks: Block[];
}

function Blocks({ blocks }: Props) {
  const cast = useCast();
  return (
    <Unless of={blocks}>
      <Message blocks={blocks as DrawnBlock[]} theme={useTheme()} data={dataOf(cast)} hooks={HOOKS} name="" logo="data:," withoutWrapper />
    </Unless>
  );
}

/** Drawn again only when they say something else: every change of the workspace reads all anew. */
export const Drawn = memo(Blocks, (before, now) => JSON.stringify(before) === JSON.stringify(now));

function dataOf(cast: Cast) {
  return {
    users: [...cast.people, cast.bot].map((m) => ({ id: m.id, name: m.handle })),
    channels: cast.channels,
    user_groups: cast.groups.map((g) => ({ id: g.id, name: g.handle })),
  };
}

/** What the renderer stumbles over is shown as it came. */
class Unless extends Component<{ of: Block[]; children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return <pre className="raw">{JSON.stringify(this.props.of, null, 2)}</pre>;
  }
}
