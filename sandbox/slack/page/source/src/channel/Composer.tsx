/** The line one types into: Enter sends, and a slash opens the list of commands. */

import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { doAs } from "../api";
import { useCast } from "../cast";
import { suggestionsFor, type Suggestion } from "./commands";

interface Props {
  user: string;
  place: string;
  title: string;
  thread?: string;
}

export function Composer({ user, place, title, thread }: Props) {
  const [line, setLine] = useState("");
  const [marked, setMarked] = useState(-1);
  const [shut, setShut] = useState(false);
  const [problem, setProblem] = useState("");
  const [waiting, setWaiting] = useState("");
  const list = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const { commands } = useCast();
  const found = thread || shut ? [] : suggestionsFor(commands, line);
  useSlashAnywhere(field, !thread);

  const write = (text: string) => {
    setLine(text);
    setMarked(-1);
    setShut(false);
    setProblem("");
  };
  const take = (suggestion: Suggestion) => {
    write(suggestion.line);
    field.current?.focus();
  };
  const send = async () => {
    const text = line.trim();
    if (!text) return;
    if (thread && text.startsWith("/")) {
      setProblem("Slash commands do not work in threads. Type it in the channel.");
      return;
    }
    write("");
    setWaiting(text.startsWith("/") ? text : "");
    try {
      if (thread) await doAs(user, "say", { channel: place, text, thread_ts: thread });
      else await doAs(user, "type", { channel: place, text });
    } catch (error) {
      setProblem((error as Error).message);
    } finally {
      setWaiting("");
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const chosen = found[marked];
    if (step && found.length) {
      event.preventDefault();
      setMarked(marked < 0 && step < 0 ? found.length - 1 : (marked + step + found.length) % found.length);
    } else if (event.key === "Tab" && !event.shiftKey && found.length && found[0]!.line !== line) {
      event.preventDefault();
      take(chosen ?? found[0]!);
    } else if (event.key === "Escape" && found.length) {
      event.stopPropagation();
      setShut(true);
    } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      if (chosen) take(chosen);
      else void send();
    }
  };
  const open = found.length > 0;
  return (
    <div className="composer">
      {open && (
        <div className="options commands" id={list} role="listbox" aria-label="Commands">
          {found.map((one, index) => (
            <div key={one.text} id={`${list}-${index}`} role="option" aria-selected={index === marked} onClick={() => take(one)}>
              <code>{one.text}</code> <span className="muted">{one.more}</span>
            </div>
          ))}
          <div className="remark">↑ ↓ choose · Tab completes · Enter sends</div>
        </div>
      )}
      {problem && (
        <div className="trouble" role="alert">
          {problem}
        </div>
      )}
      <div className="line">
        <textarea
          ref={field}
          rows={1}
          value={line}
          aria-label={`Message ${title}`}
          placeholder={thread ? "Reply …" : `Message ${title}, or / for commands`}
          role="combobox"
          aria-expanded={open}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={open && marked >= 0 ? `${list}-${marked}` : undefined}
          onChange={(event) => write(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <button type="button" className="button primary" onClick={() => void send()} disabled={!line.trim()}>
          Send
        </button>
      </div>
      <div className="waiting muted" role="status">
        {waiting && `Waiting for the app to take ${waiting} …`}
      </div>
    </div>
  );
}

/** A slash typed outside of any input goes to the channel's line. */
function useSlashAnywhere(field: React.RefObject<HTMLTextAreaElement | null>, wanted: boolean) {
  useEffect(() => {
    if (!wanted) return;
    const onKey = (event: globalThis.KeyboardEvent) => {
      const at = event.target as HTMLElement;
      if (event.key === "/" && !at.closest("input, textarea, select, [role=dialog], .inspector")) field.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [wanted, field]);
}
