/** A channel or direct messages: what was said, and a line to say something. */

import { useState } from "react";
import type { Channel, Conversation as About, Message } from "../types";
import { Composer } from "./Composer";
import { MessageItem } from "./MessageItem";
import { Timeline } from "./Timeline";

interface Props {
  user: string;
  about: About;
  channel: Channel;
  thread: string;
  sought: string;
  onThread: (ts: string) => void;
}

export const titleOf = (about: About) => (about.kind === "im" ? `@${about.name}` : `#${about.name}`);

export function Conversation({ user, about, channel, thread, sought, onThread }: Props) {
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const dismiss = (ts: string) => setDismissed((known) => new Set(known).add(ts));
  const own = channel.ephemerals.filter((message) => !dismissed.has(message.ts));
  const said = [...channel.messages, ...own.filter((message) => !message.thread_ts)];
  const root = channel.messages.find((message) => message.ts === thread);
  const item = (message: Message, inThread: boolean) => (
    <MessageItem
      key={message.ts}
      user={user}
      message={message}
      sought={message.ts === sought}
      whispers={inThread ? 0 : own.filter((one) => one.thread_ts === message.ts).length}
      onThread={inThread || message.is_ephemeral ? undefined : () => onThread(message.thread_ts ?? message.ts)}
      onDismiss={message.is_ephemeral ? () => dismiss(message.ts) : undefined}
    />
  );
  const title = titleOf(about);
  return (
    <>
      <section className={root ? "pane channel behind" : "pane channel"} aria-label={title}>
        <header className="pane-head">
          <h1>{title}</h1>
        </header>
        <Timeline label={`Messages in ${title}`} of={`${user} ${about.place}`}>
          {said.length === 0 && <Empty title={title} />}
          {inOrder(said).map((message) => item(message, false))}
        </Timeline>
        <Composer key={`${user} ${about.place}`} user={user} place={about.place} title={title} />
      </section>
      {root && (
        <section className="pane thread" aria-label="Thread">
          <header className="pane-head">
            <h2>Thread</h2>
            <button type="button" className="button plain small" aria-label="Close the thread" onClick={() => onThread("")}>
              ×
            </button>
          </header>
          <Timeline label="Messages in the thread" of={`${user} ${thread}`}>
            {item(root, true)}
            {inOrder([...channel.replies, ...own].filter((one) => one.thread_ts === thread && one.ts !== thread)).map((one) => item(one, true))}
          </Timeline>
          <Composer key={`${user} ${thread}`} user={user} place={about.place} title="the thread" thread={thread} />
        </section>
      )}
    </>
  );
}

const inOrder = (messages: Message[]) => messages.toSorted((one, other) => (one.ts < other.ts ? -1 : 1));

function Empty({ title }: { title: string }) {
  return (
    <div className="empty">
      <p>Nothing has been said in {title} yet.</p>
      <p>
        Type <kbd>/migrate</kbd> below, and press Enter.
      </p>
    </div>
  );
}
