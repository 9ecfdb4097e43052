export { formatBytes, formatCount, formatSpan, formatTime } from '../../domain/operator/words.ts';
