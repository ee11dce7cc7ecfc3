/** Menus with their choices in them: one, or several. */

import { Emoji } from "../blocks/Emoji";
import { useCast } from "../cast";
import { groupsOf, type Choice } from "./choices";
import { valueOf } from "./entries";
import { aria, shown, useSurface, type ControlProps } from "./surface";
import { emojify } from "node-emoji";

export function SelectControl(props: ControlProps) {
  const { block, element } = props;
  const surface = useSurface();
  const groups = groupsOf(useCast(), element);
  const value = shown<string | null>(surface, props, valueOf) ?? "";
  const options = (choices: Choice[]) =>
    choices.map((choice) => (
      <option key={choice.value} value={choice.value}>
        {emojify(choice.more ? `${choice.text} — ${choice.more}` : choice.text)}
      </option>
    ));
  return (
    <select {...aria(props)} className="text" value={value} onChange={(event) => surface.change(block, element, event.target.value || null)}>
      <option value="">{element.placeholder?.text ?? "Choose …"}</option>
      {groups.map((group) =>
        group.label ? (
          <optgroup key={group.label} label={group.label}>
            {options(group.choices)}
          </optgroup>
        ) : (
          options(group.choices)
        ),
      )}
    </select>
  );
}

/** Several of the choices: boxes to tick, as in a menu for several, or a list of checkboxes. */
export function ManyControl(props: ControlProps) {
  const { block, element } = props;
  const surface = useSurface();
  const groups = groupsOf(useCast(), element);
  const chosen = shown<string[] | null>(surface, props, valueOf) ?? [];
  const full = chosen.length >= (element.max_selected_items ?? Infinity);
  const toggle = (value: string, on: boolean) =>
    surface.change(block, element, on ? [...chosen, value] : chosen.filter((one) => one !== value));
  const { id, ...described } = aria(props);
  return (
    <div role="group" {...described} id={id} className={element.type === "checkboxes" ? "ticks" : "ticks boxed"}>
      {groups.map((group) => (
        <div key={group.label}>
          {group.label && <div className="group-label">{group.label}</div>}
          {group.choices.map((choice) => {
            const on = chosen.includes(choice.value);
            return (
              <Tick key={choice.value} type="checkbox" name={id} choice={choice} on={on} off={full && !on} onChange={(now) => toggle(choice.value, now)} />
            );
          })}
        </div>
      ))}
    </div>
  );
}

export function RadioControl(props: ControlProps) {
  const { block, element } = props;
  const surface = useSurface();
  const chosen = shown<string | null>(surface, props, valueOf);
  const [group] = groupsOf(useCast(), element);
  const { id, ...described } = aria(props);
  return (
    <div role="radiogroup" {...described} id={id} className="ticks">
      {group?.choices.map((choice) => (
        <Tick key={choice.value} type="radio" name={id} choice={choice} on={chosen === choice.value} onChange={() => surface.change(block, element, choice.value)} />
      ))}
    </div>
  );
}

interface TickProps {
  type: "checkbox" | "radio";
  name: string;
  choice: Choice;
  on: boolean;
  off?: boolean;
  onChange: (on: boolean) => void;
}

function Tick({ type, name, choice, on, off, onChange }: TickProps) {
  return (
    <label className="tick">
      <input type={type} name={name} checked={on} disabled={off} onChange={(event) => onChange(event.target.checked)} />
      <span>
        <Emoji text={choice.text} />
        {choice.more && (
          <span className="muted">
            {" "}
            <Emoji text={choice.more} />
          </span>
        )}
      </span>
    </label>
  );
}
