// The customers to choose from: anonymised people of the Berka data, picked for their differences.

import { language } from "./words.js";

export const CUSTOMERS = [
  { id: "berka-114", en: "woman, 25, Ostrava: bills and insurance", cs: "žena, 25, Ostrava: účty a pojištění" },
  { id: "berka-2", en: "man, 49, Prague: a new loan", cs: "muž, 49, Praha: nová půjčka" },
  { id: "berka-588", en: "woman, 34, Třebíč: pays cash from a card", cs: "žena, 34, Třebíč: hotovost z karty" },
  { id: "berka-3687", en: "man, 22, Semily: card and insurance", cs: "muž, 22, Semily: karta a pojištění" },
  { id: "berka-439", en: "woman, 26, Trutnov: a new card", cs: "žena, 26, Trutnov: nová karta" },
  { id: "berka-52", en: "man, 70, Česká Lípa: pension", cs: "muž, 70, Česká Lípa: důchod" },
  { id: "berka-72", en: "man, 71, Pardubice: pension, household bills", cs: "muž, 71, Pardubice: důchod, domácnost" },
  { id: "berka-3430", en: "man, 43, Beroun: a high balance", cs: "muž, 43, Beroun: vysoký zůstatek" },
  { id: "berka-11409", en: "girl, 14, Česká Lípa: a high balance", cs: "dívka, 14, Česká Lípa: vysoký zůstatek" },
  { id: "berka-3335", en: "man, 27, near Prague: most transactions", cs: "muž, 27, u Prahy: nejvíc pohybů" },
  { id: "berka-1788", en: "man, 44, Prague: went below zero", cs: "muž, 44, Praha: šel do mínusu" },
  { id: "berka-4862", en: "woman, 51, Prague: went below zero", cs: "žena, 51, Praha: šla do mínusu" },
  { id: "berka-7291", en: "woman, 54, Vsetín: a loan, a busy account", cs: "žena, 54, Vsetín: půjčka, živý účet" },
  { id: "berka-946", en: "man, 43, Brno: little to spare", cs: "muž, 43, Brno: málo navíc" },
  { id: "berka-12", en: "boy, 13, Teplice: cash only", cs: "chlapec, 13, Teplice: jen hotovost" },
  { id: "berka-68", en: "man, 48, Hradec Králové: opened this month", cs: "muž, 48, Hradec Králové: účet z tohoto měsíce" },
];

/** How the picker names a customer. */
export function label(customer) {
  return `${customer.id.replace("berka-", "№ ")} · ${customer[language()]}`;
}
