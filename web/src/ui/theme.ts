import { useEffect, useState } from "react";

type Theme = "light" | "dark";

const KEPT = "sebrus-theme";

/** The theme in use, that of the system until somebody chooses, and what turns it over. */
export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = localStorage.getItem(KEPT);
    if (kept === "light" || kept === "dark") return kept;
    return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  });
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const turn = () => {
    const next = theme === "dark" ? "light" : "dark";
    localStorage.setItem(KEPT, next);
    setTheme(next);
  };
  return [theme, turn];
}
