/** A number that stands for itself, with its name and what there is to say of it; in a `dl`. */
export function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div className="card">
      <dt className="quiet">{name}</dt>
      <dd className="figure" style={{ margin: 0 }}>
        {value}
      </dd>
      {note && (
        <dd className="quiet" style={{ margin: 0 }}>
          {note}
        </dd>
      )}
    </div>
  );
}
