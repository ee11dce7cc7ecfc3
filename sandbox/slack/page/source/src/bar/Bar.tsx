/** The simulator's own bar: what this is, as whom one acts, and the inspector. */

import { useCast } from "../cast";
import type { Theme } from "../theme";

interface Props {
  as: string;
  onAs: (handle: string) => void;
  theme: Theme;
  onTheme: () => void;
  inspecting: boolean;
  onInspect: () => void;
}

export function Bar({ as, onAs, theme, onTheme, inspecting, onInspect }: Props) {
  const { people } = useCast();
  return (
    <div className="bar">
      <div className="label-simulator">Local simulator, not Slack</div>
      <fieldset className="act-as">
        <legend>Act as</legend>
        {people
          .filter((member) => !member.deleted && member.part)
          .map((member) => (
            <label key={member.id} className={member.handle === as ? "chosen" : ""}>
              <input type="radio" name="act-as" checked={member.handle === as} onChange={() => onAs(member.handle)} />
              {member.handle} <span className="part">{member.part}</span>
            </label>
          ))}
      </fieldset>
      <div className="tools">
        <button type="button" className="button plain small" aria-pressed={inspecting} onClick={onInspect}>
          Inspector
        </button>
        <button type="button" className="button plain small" aria-label={`Use ${theme === "dark" ? "light" : "dark"} colours`} onClick={onTheme}>
          {theme === "dark" ? "☀" : "☾"}
        </button>
      </div>
    </div>
  );
}
