/** The whole page: the simulator's bar, the workspace, and the inspector. */

import { useEffect, useState } from "react";
import { readCast } from "./api";
import { Bar } from "./bar/Bar";
import { Sidebar } from "./bar/Sidebar";
import { GoContext } from "./blocks/Link";
import { CastContext } from "./cast";
import { Conversation } from "./channel/Conversation";
import { ConfirmProvider } from "./dialogs/confirm";
import { Modals } from "./dialogs/Modals";
import { Home } from "./Home";
import { Inspector } from "./inspector/Inspector";
import { useLive } from "./live";
import { usePlace } from "./place";
import { useScreen } from "./screen";
import { ThemeContext, useThemeChoice } from "./theme";
import type { Cast } from "./types";

export function App() {
  const [cast, setCast] = useState<Cast | null>(null);
  const news = useLive();
  useEffect(() => {
    if (news.connected && !cast) readCast().then(setCast, () => undefined);
  }, [news, cast]);
  if (!cast) return <p className="empty">Looking for the workspace …</p>;
  return (
    <CastContext value={cast}>
      <Workspace cast={cast} news={news} />
    </CastContext>
  );
}

function Workspace({ cast, news }: { cast: Cast; news: ReturnType<typeof useLive> }) {
  const [place, go] = usePlace();
  const [theme, toggleTheme] = useThemeChoice();
  const [inspecting, setInspecting] = useState(false);
  const there = cast.people.filter((member) => !member.deleted);
  const person = there.find((member) => member.handle === place.as) ?? there[0]!;
  const at = place.at || cast.channels[0]!.id;
  const { screen, problem } = useScreen(person.id, at, news.changes, news.connected);
  const about = screen?.conversations.find((one) => one.place === at || (one.id !== null && one.id === at));
  const home = place.tab === "home";
  useEffect(() => {
    document.title = `${person.handle} — local simulator, not Slack`;
  }, [person.handle]);
  return (
    <ThemeContext value={theme}>
      <GoContext value={go}>
      <div className="page">
        <Bar
          as={person.handle}
          onAs={(handle) => go({ as: handle })}
          theme={theme}
          onTheme={toggleTheme}
          inspecting={inspecting}
          onInspect={() => setInspecting(!inspecting)}
        />
        {!news.connected && (
          <div className="trouble lost" role="alert">
            The workspace cannot be reached; the page looks for it. Is the sandbox still up?
          </div>
        )}
        <div className="workspace">
          <ConfirmProvider>
            <div className="rooms" inert={!!screen?.modals.length}>
              <Sidebar
                conversations={screen?.conversations ?? []}
                at={at}
                home={home}
                onGo={(next) => go({ at: next, thread: "", message: "", tab: "" })}
                onHome={() => go({ tab: "home", thread: "", message: "" })}
              />
              {home ? (
                <Home user={person.id} name={cast.bot.handle} view={screen?.home ?? null} />
              ) : about && screen?.channel ? (
                <Conversation user={person.id} about={about} channel={screen.channel} thread={place.thread} sought={place.message} onThread={(thread) => go({ thread, message: "" })} />
              ) : (
                <section className="pane channel">
                  <p className="empty" role="status">
                    {problem || screen?.refused || "Reading …"}
                  </p>
                </section>
              )}
            </div>
            {screen && <Modals user={person.id} stack={screen.modals} />}
          </ConfirmProvider>
        </div>
        {inspecting && <Inspector number={news.traffic} onClose={() => setInspecting(false)} />}
      </div>
      </GoContext>
    </ThemeContext>
  );
}
