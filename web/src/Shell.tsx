import { Link, Outlet } from "@tanstack/react-router";
import { useActivity } from "./activity/activity";
import { say } from "./strings";
import { Connection } from "./ui/Connection";
import { useTheme } from "./ui/theme";
import { WalletMenu, WrongChain } from "./wallet/WalletMenu";

/** What is around every page. */
export function Shell() {
  const [theme, turn] = useTheme();
  const failed = useActivity().filter((one) => one.state === "failed").length;
  return (
    <>
      <a className="skip" href="#content">
        {say.skip}
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <img src="/icon.svg" alt="" width="26" height="26" />
          {say.name}
        </Link>
        <nav aria-label={say.name}>
          <Link to="/datasets">{say.nav.datasets}</Link>
          <Link to="/review">{say.nav.review}</Link>
          <Link to="/account">{say.nav.account}</Link>
          <Link to="/activity">
            {say.nav.activity}
            {failed > 0 && <span className="pill bad">{failed}</span>}
          </Link>
        </nav>
        <button
          type="button"
          className="button"
          aria-label={say.nav.theme}
          aria-pressed={theme === "dark"}
          onClick={turn}
        >
          <span aria-hidden="true">{theme === "dark" ? "☾" : "☀"}</span>
        </button>
        <WalletMenu />
      </header>
      <main id="content" tabIndex={-1}>
        <Connection />
        <WrongChain />
        <Outlet />
      </main>
    </>
  );
}
