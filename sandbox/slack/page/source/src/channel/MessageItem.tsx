/** One message: who said it, when, what, and what can be done with it. */

import { useEffect, useRef } from "react";
import { Blocks } from "../blocks/Blocks";
import { memberOf, useCast } from "../cast";
import { SurfaceContext } from "../controls/surface";
import { useMessageSurface } from "../controls/useMessageSurface";
import type { Block, Message } from "../types";

interface Props {
  user: string;
  message: Message;
  /** how many replies in its thread only this person sees */
  whispers?: number;
  /** whether a link led to it */
  sought?: boolean;
  onThread?: () => void;
  onDismiss?: () => void;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

export function MessageItem({ user, message, whispers = 0, sought = false, onThread, onDismiss }: Props) {
  const cast = useCast();
  const [surface, trouble] = useMessageSurface(user, message);
  const from = memberOf(cast, message.user);
  const own = useRef<HTMLElement>(null);
  useEffect(() => {
    if (sought) own.current?.scrollIntoView({ block: "center" });
  }, [sought]);
  const at = new Date(Number(message.ts) * 1000);
  return (
    <article ref={own} className={`message${message.is_ephemeral ? " ephemeral" : ""}${sought ? " sought" : ""}`} data-ts={message.ts} aria-label={`${from.handle}, ${TIME.format(at)}`}>
      <Avatar handle={from.handle} app={!!message.bot_id} />
      <div className="said">
        {message.is_ephemeral && (
          <div className="only-you">
            Only you can see this
            {onDismiss && (
              <button type="button" className="link" onClick={onDismiss}>
                Dismiss
              </button>
            )}
          </div>
        )}
        <div className="by">
          <strong>{from.handle}</strong>
          {message.bot_id && <span className="badge">App</span>}
          <time dateTime={at.toISOString()} title={at.toLocaleString()}>
            {TIME.format(at)}
          </time>
          {message.edited && <span className="muted">(edited)</span>}
          {message.pinned_to && <span className="muted">pinned</span>}
        </div>
        <SurfaceContext value={surface}>
          <Blocks blocks={blocksOf(message)} />
        </SurfaceContext>
        {message.files?.map((file) => (
          <div key={file.id} className="file">
            {file.title || file.name} <span className="muted">({file.size} bytes)</span>
          </div>
        ))}
        {trouble && (
          <div className="trouble" role="alert">
            {trouble}
          </div>
        )}
        {onThread && (!!message.reply_count || whispers > 0) && (
          <button type="button" className="link thread-link" onClick={onThread}>
            {message.reply_count ? replies(message.reply_count) : "In the thread"}
            {whispers > 0 && ` · ${whispers} only for you`}
          </button>
        )}
        {onThread && !message.reply_count && !whispers && (
          <button type="button" className="link thread-link quiet" onClick={onThread}>
            {message.subtype === "thread_broadcast" ? "See the thread" : "Reply in thread"}
          </button>
        )}
      </div>
    </article>
  );
}

const replies = (count: number) => (count === 1 ? "1 reply" : `${count} replies`);

function blocksOf(message: Message): Block[] {
  if (message.blocks?.length) return message.blocks;
  const text = { type: "mrkdwn", text: message.text };
  return message.text ? [{ type: "section", block_id: `text-${message.ts}`, text }] : [];
}

export function Avatar({ handle, app }: { handle: string; app: boolean }) {
  const shade = [...handle].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 5;
  return (
    <span className={`avatar shade-${shade} ${app ? "app" : ""}`} aria-hidden="true">
      {handle.slice(0, 1).toUpperCase()}
    </span>
  );
}
