/** A menu that asks the app for its choices while one types: one choice, or several. */

import { useEffect, useId, useRef, useState } from "react";
import { Emoji } from "../blocks/Emoji";
import type { Option } from "../types";
import { heldOptions, words } from "./entries";
import { aria, useSurface, type ControlProps } from "./surface";

const PAUSE_MS = 250;
const SHORTEST = 3;

type Offer = { state: "none" | "short" | "asking" | "failed" } | { state: "there"; options: Option[] };

export function TypeAhead(props: ControlProps) {
  const { block, element } = props;
  const surface = useSurface();
  const many = element.type.startsWith("multi_");
  const [own, setOwn] = useState<Option[] | null>(null);
  const held = own ?? heldOptions(surface.entry(block, element));
  const [typed, setTyped] = useState<string | null>(null);
  const [marked, setMarked] = useState(0);
  const offer = useOffer(props, typed);
  const list = useId();
  // all of it was deleted, which is not the same as nothing having been typed yet
  const emptied = useRef(false);
  const options = offer.state === "there" ? offer.options : [];
  const shownList = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setMarked(0);
    shownList.current?.scrollIntoView({ block: "nearest" });
  }, [offer]);
  useEffect(() => {
    shownList.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [marked]);

  const choose = (option: Option) => {
    const next = many ? [...held.filter((one) => one.value !== option.value), option] : [option];
    emptied.current = false;
    keep(next);
    setTyped(many ? "" : null);
  };
  const keep = (next: Option[]) => {
    setOwn(next);
    const values = next.map((option) => option.value);
    surface.change(block, element, many ? values : (values[0] ?? null), { suggested: next });
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      setMarked((marked + step + options.length) % options.length);
    } else if (event.key === "Enter" && typed !== null) {
      event.preventDefault();
      const option = options[marked];
      if (option) choose(option);
    } else if (event.key === "Escape" && typed !== null) {
      event.stopPropagation();
      setTyped(null);
    } else if (event.key === "ArrowDown" && typed === null) {
      setTyped("");
    }
  };
  const open = typed !== null && offer.state !== "none";
  return (
    <div className="typeahead">
      {many && <Chips held={held} onRemove={(option) => keep(held.filter((one) => one !== option))} />}
      <input
        {...aria(props)}
        className="text"
        role="combobox"
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open && options.length ? `${list}-${marked}` : undefined}
        autoComplete="off"
        placeholder={(!many && words(held[0]?.text)) || element.placeholder?.text || "Type to search …"}
        value={typed ?? (many ? "" : words(held[0]?.text))}
        onFocus={(event) => event.target.select()}
        onChange={(event) => {
          emptied.current = event.target.value === "";
          setTyped(event.target.value);
        }}
        onClick={() => typed === null && setTyped("")}
        onBlur={() => {
          if (emptied.current && !many && held.length) keep([]);
          emptied.current = false;
          setTyped(null);
        }}
        onKeyDown={onKeyDown}
      />
      {open && (
        <div className="options" ref={shownList} id={list} role="listbox" aria-label={props.label}>
          <Remark offer={offer} shortest={element.min_query_length ?? SHORTEST} />
          {options.map((option, index) => (
            <div
              key={option.value}
              id={`${list}-${index}`}
              role="option"
              aria-selected={index === marked}
              // before the field loses the focus
              onPointerDown={(event) => {
                event.preventDefault();
                choose(option);
              }}
            >
              <Emoji text={words(option.text)} />
              {option.description && <span className="muted"> {option.description.text}</span>}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

/** What the app offers for what was typed, asked a moment after the last key. */
function useOffer({ block, element }: ControlProps, typed: string | null): Offer {
  const surface = useSurface();
  const [offer, setOffer] = useState<Offer>({ state: "none" });
  const ask = useRef(surface.suggest);
  ask.current = surface.suggest;
  const shortest = element.min_query_length ?? SHORTEST;
  useEffect(() => {
    if (typed === null) return setOffer({ state: "none" });
    if (typed.length < shortest) return setOffer({ state: "short" });
    let over = false;
    const timer = window.setTimeout(async () => {
      setOffer({ state: "asking" });
      try {
        const options = await ask.current(block, element, typed);
        if (!over) setOffer({ state: "there", options });
      } catch {
        if (!over) setOffer({ state: "failed" });
      }
    }, PAUSE_MS);
    return () => {
      over = true;
      window.clearTimeout(timer);
    };
  }, [typed, shortest, block.block_id, element.action_id]);
  return offer;
}

function Remark({ offer, shortest }: { offer: Offer; shortest: number }) {
  const said = {
    none: "",
    short: `Type at least ${shortest} ${shortest === 1 ? "character" : "characters"}.`,
    asking: "Asking the app …",
    failed: "Sorry, something went wrong. The app did not answer with choices.",
    there: offer.state === "there" && offer.options.length === 0 ? "No results." : "",
  }[offer.state];
  return said ? (
    <div className="remark" role="status">
      {said}
    </div>
  ) : null;
}

function Chips({ held, onRemove }: { held: Option[]; onRemove: (option: Option) => void }) {
  return (
    <span className="chips">
      {held.map((option) => (
        <span key={option.value} className="chip">
          <Emoji text={words(option.text)} />
          <button type="button" aria-label={`Remove ${option.text.text}`} onClick={() => onRemove(option)}>
            ×
          </button>
        </span>
      ))}
    </span>
  );
}
