import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

/**
 * All that axe finds, also what it calls best practice, one line each: rule, what it is about, where.
 * @param rules only these: another theme, for one, changes nothing but colours
 */
export async function allFaults(page: Page, rules?: string[]): Promise<string[]> {
  return (await violationsOf(page, rules)).flatMap(linesOf);
}

async function violationsOf(page: Page, rules?: string[]) {
  await settled(page);
  // Violations alone: with all that passes a page as long as the API reference takes five times as long. No page has a
  // frame, so nothing needs to be put together from several, which would carry each result through a second page.
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode();
  return (await (rules === undefined ? axe : axe.withRules(rules)).analyze()).violations;
}

function linesOf({ id, help, nodes }: Awaited<ReturnType<typeof violationsOf>>[number]): string[] {
  return nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`);
}

/**
 * Resolves when the page has come to rest after a change of theme or size: what measures itself has drawn again, and
 * no colour is on its way any more. The contrast of a colour half way between two themes means nothing.
 */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let calm = 0; calm < 3; calm++) {
      await frame();
      const moving = document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY);
      if (moving.length > 0) calm = -1;
      await Promise.allSettled(moving.map((animation) => animation.finished));
    }
  });
}
