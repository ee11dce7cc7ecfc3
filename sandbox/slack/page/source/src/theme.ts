/** Light or dark: as the system says, or as was chosen here. */

import { createContext, useContext, useEffect, useState } from "react";

export type Theme = "light" | "dark";
const KEY = "theme";
const DARK = window.matchMedia("(prefers-color-scheme: dark)");

export const ThemeContext = createContext<Theme>("light");
export const useTheme = () => useContext(ThemeContext);

export function useThemeChoice(): [Theme, () => void] {
  const [chosen, setChosen] = useState(() => localStorage.getItem(KEY));
  const [system, setSystem] = useState<Theme>(DARK.matches ? "dark" : "light");
  useEffect(() => {
    const look = () => setSystem(DARK.matches ? "dark" : "light");
    DARK.addEventListener("change", look);
    return () => DARK.removeEventListener("change", look);
  }, []);
  const theme: Theme = chosen === "dark" || chosen === "light" ? chosen : system;
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const toggle = () => {
    const other = theme === "dark" ? "light" : "dark";
    localStorage.setItem(KEY, other);
    setChosen(other);
  };
  return [theme, toggle];
}
