const GWEI = 1_000_000_000;

/** An amount of gwei for people: in ether, with as many places as it needs. */
export function ether(gwei: number): string {
  if (gwei === 0) return "0 ETH";
  const places = new Intl.NumberFormat("en", { maximumFractionDigits: 9, maximumSignificantDigits: 6 });
  return `${places.format(gwei / GWEI)} ETH`;
}

/** Gwei from what a person typed as ether; null where it is no amount. */
export function gweiOf(text: string): number | null {
  if (!/^\d+(\.\d{1,9})?$/.test(text.trim())) return null;
  const gwei = Math.round(Number(text) * GWEI);
  return Number.isSafeInteger(gwei) ? gwei : null;
}
