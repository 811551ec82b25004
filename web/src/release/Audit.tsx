import { useQuery } from "@tanstack/react-query";
import type { Publication } from "../api/queries";
import { releaseTextQuery } from "../api/queries";
import { say } from "../strings";
import { Await } from "../ui/basics";
import { AUDIT, type Certificate, readCertificate } from "../verify/audit";

/** What the certificate of an audit says, in words; that there is none is said as well. */
export function Audit({ release, carried }: { release: Publication; carried: boolean }) {
  const { dataset_id, version } = release;
  const text = useQuery({ ...releaseTextQuery(dataset_id, version, AUDIT), enabled: carried });
  if (!carried) return <p className="note">{say.release.audit.none}</p>;
  return <Await query={text}>{(json) => <Told certificate={read(json)} />}</Await>;
}

function read(json: string): Certificate | null {
  try {
    return readCertificate(new TextEncoder().encode(json));
  } catch {
    return null;
  }
}

function Told({ certificate }: { certificate: Certificate | null }) {
  if (!certificate) return <p className="note bad">{say.release.audit.unreadable}</p>;
  const { items, contributors, planted } = certificate;
  return (
    <>
      <p>
        {say.release.audit.flagged(items.flagged, items.tested, contributors.flagged, contributors.tested)}{" "}
        {items.flagged + contributors.flagged > 0 && say.release.audit.kept}
      </p>
      {planted === null ? (
        <p>{say.release.audit.unmeasured}</p>
      ) : (
        <ul>
          {planted.map((one) => (
            <li key={one.family}>{say.release.audit.power(one.family, one.found, one.planted, one.low, one.high)}</li>
          ))}
        </ul>
      )}
      <p className="quiet">{say.release.audit.word}</p>
    </>
  );
}
