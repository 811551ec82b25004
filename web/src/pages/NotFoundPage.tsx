import { Link } from "@tanstack/react-router";
import { say } from "../strings";

/** An address that is none of ours. */
export function NotFoundPage() {
  return (
    <>
      <h1>{say.notFound.title}</h1>
      <Link to="/datasets">{say.notFound.back}</Link>
    </>
  );
}
