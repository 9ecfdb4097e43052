export type { ReplyError } from './replies.ts';
export type {
  RequireOptions,
  SecondFactorOptions,
  SecondFactorSession,
  SecondFactorUser,
} from './second-factor.ts';
export type { SecondFactorState, ShownMethod } from './state.ts';
