export type {
  NextStep,
  RequireOptions,
  SecondFactorOptions,
  SecondFactorSession,
  SecondFactorUser,
  TwoFactor,
} from './options.ts';
export type { ReplyError } from './replies.ts';
export type { SecondFactorState, ShownMethod } from './state.ts';
