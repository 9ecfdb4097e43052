import type { Locale } from '../locale.ts';
import { ar } from './ar.ts';
import { de } from './de.ts';
import { en } from './en.ts';
import { es } from './es.ts';
import { fr } from './fr.ts';
import { it } from './it.ts';
import { ja } from './ja.ts';
import { pt } from './pt.ts';
import type { HostedTexts } from './texts.ts';
import { zh } from './zh.ts';

/** The texts of the hosted pages by language. */
export const TEXTS: Readonly<Record<Locale, HostedTexts>> = { en, de, fr, es, pt, it, ja, zh, ar };
