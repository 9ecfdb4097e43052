import { area } from './areas.ts';
import { charts } from './en/charts.ts';

export const t = area('charts', charts);
