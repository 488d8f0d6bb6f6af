// What the bank's own screens show of a profile: facts and sums, no decisions.

/** The demonstration's clock: the data end there. */
export const TODAY = "1994-03-31T12:00:00Z";

const DAY = 86_400_000;
const now = Date.parse(TODAY);

/** Transactions up to today, the newest first; of one day, the later in the bank's books first. */
export function transactions(profile) {
  return (profile.events ?? [])
    .filter((event) => event.kind === "transaction" && Date.parse(event.at) <= now)
    .map((event, order) => ({ ...event, order, time: Date.parse(event.at) }))
    .sort((a, b) => b.time - a.time || b.order - a.order);
}

/** The balance after the newest transaction that has one. */
export function balance(all) {
  return all.find((event) => event.balance != null)?.balance ?? null;
}

/** The balance at the end of each of the last `days` days, the oldest first. */
export function balances(all, days) {
  const known = all.filter((event) => event.balance != null);
  const line = [];
  for (let back = days - 1; back >= 0; back -= 1) {
    const at = known.find((event) => event.time <= now - back * DAY);
    if (at) line.push(at.balance);
  }
  return line;
}

/** Money in and out of the last `count` calendar months, the oldest first. */
export function months(all, count) {
  const sums = new Map();
  const today = new Date(now);
  for (let back = count - 1; back >= 0; back -= 1) {
    const month = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - back, 1));
    sums.set(month.toISOString().slice(0, 7), { month, credit: 0, debit: 0 });
  }
  for (const { at, direction, amount } of all) {
    const sum = sums.get(at.slice(0, 7));
    if (sum && amount) sum[direction] += amount;
  }
  return [...sums.values()];
}

/** Money in and out over the last `days` days. */
export function flow(all, days) {
  const recent = all.filter((event) => event.time > now - days * DAY);
  const sum = (way) => recent.reduce((sum, event) => sum + (event.direction === way ? (event.amount ?? 0) : 0), 0);
  return { credit: sum("credit"), debit: sum("debit") };
}

/** What the customer holds today of a kind. */
export function holdings(profile, kind) {
  return (profile.holdings ?? []).filter(
    (holding) =>
      holding.kind === kind &&
      Date.parse(holding.opened_at) <= now &&
      Date.parse(holding.observed_at) <= now &&
      !(Date.parse(holding.closed_at) <= now),
  );
}

/** A fact's value today. */
export function fact(profile, name) {
  const known = (profile.facts ?? []).filter((fact) => fact.name === name && Date.parse(fact.observed_at) <= now);
  return known.at(-1)?.value ?? null;
}

/** How much of a loan's time has passed, 0 to 1. */
export function passed({ opened_at, closed_at }) {
  const [from, to] = [Date.parse(opened_at), Date.parse(closed_at)];
  return to > from ? Math.min(1, Math.max(0, (now - from) / (to - from))) : 0;
}
