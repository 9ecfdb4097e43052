import { area } from './areas.ts';
import { enrolment } from './en/enrolment.ts';

export const t = area('enrolment', enrolment);
