import { Link } from "@tanstack/react-router";
import { say } from "../strings";

/** What this is, in one screen, and the three ways in. */
export function HomePage() {
  return (
    <>
      <section className="stack">
        <h1>{say.home.title}</h1>
        <p style={{ maxWidth: "65ch" }}>{say.home.lead}</p>
      </section>
      <section className="cards even">
        <Link to="/datasets" className="card">
          <h2>{say.home.contribute}</h2>
          <p className="quiet">{say.home.contributeHint}</p>
        </Link>
        <Link to="/review" className="card">
          <h2>{say.home.review}</h2>
          <p className="quiet">{say.home.reviewHint}</p>
        </Link>
        <Link to="/datasets" className="card">
          <h2>{say.home.verify}</h2>
          <p className="quiet">{say.home.verifyHint}</p>
        </Link>
      </section>
      <section className="stack">
        <h2>{say.home.how}</h2>
        <ol className="cards even" style={{ padding: 0, listStyle: "none" }}>
          {say.home.steps.map(([name, text], step) => (
            <li key={name} className="card">
              <h3>
                {step + 1}. {name}
              </h3>
              <p className="quiet">{text}</p>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}
