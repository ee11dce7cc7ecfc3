/** Where a person can go: channels, direct messages, the app's home tab. */

import { titleOf } from "../channel/Conversation";
import { useCast } from "../cast";
import type { Conversation } from "../types";

interface Props {
  conversations: Conversation[];
  at: string;
  home: boolean;
  onGo: (place: string) => void;
  onHome: () => void;
}

export function Sidebar({ conversations, at, home, onGo, onHome }: Props) {
  const cast = useCast();
  const entry = (one: Conversation) => (
    <li key={one.place}>
      <button type="button" className={one.unread ? "unread" : ""} aria-current={!home && one.place === at ? "page" : undefined} onClick={() => onGo(one.place)}>
        <span>{titleOf(one)}</span>
        {one.unread > 0 && (
          <span className="count">
            {one.unread}
            <span className="unseen"> unread</span>
          </span>
        )}
      </button>
    </li>
  );
  return (
    <nav className="sidebar" aria-label="Channels and messages">
      <h2>Channels</h2>
      <ul>{conversations.filter((one) => one.kind !== "im").map(entry)}</ul>
      <h2>Direct messages</h2>
      <ul>{conversations.filter((one) => one.kind === "im").map(entry)}</ul>
      {cast.home && (
        <>
          <h2>App</h2>
          <ul>
            <li>
              <button type="button" aria-current={home ? "page" : undefined} onClick={onHome}>
                {cast.bot.handle} home
              </button>
            </li>
          </ul>
        </>
      )}
    </nav>
  );
}
