import encodeQR from 'qr';
import { useMemo } from 'react';
import { t } from '../texts/ui.ts';
import { Button } from './button.tsx';
import { Notice } from './panel.tsx';

/** ISO/IEC 18004 §9.1 asks for four white modules around it. */
const QUIET_ZONE = 4;
const SMALL_UP_TO_MODULES = 65;
const SMALL_PX = 288;
const MEDIUM_PX = 384;
const LARGE_PX = 560;
const WARN_ABOVE_MODULES = 93;

interface QrCodeProps {
  text: string;
  alt: string;
  large: boolean;
  /** Its owner makes room for the larger one. */
  onEnlarge: (large: boolean) => void;
}

/**
 * A QR code, black on white in every theme, its white edge included: phones do not read the reverse. Drawn here
 * from the text, so that the lines are sharp at every size.
 */
export function QrCode({ text, alt, large, onEnlarge }: QrCodeProps) {
  const { path, size } = useMemo(() => drawn(text), [text]);
  const modules = size - 2 * QUIET_ZONE;
  const room = large ? LARGE_PX : modules <= SMALL_UP_TO_MODULES ? SMALL_PX : MEDIUM_PX;
  return (
    <div className="flex flex-col items-center gap-2">
      <svg
        role="img"
        aria-label={alt}
        data-qr
        viewBox={`0 0 ${size} ${size}`}
        shapeRendering="crispEdges"
        className="h-auto max-w-full rounded-badge"
        // Whole pixels for each module: edges that fall between two pixels are what scanners stumble over.
        style={{ width: size * Math.max(1, Math.floor(room / size)) }}
      >
        <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
        <path fill="#000" d={path} />
      </svg>
      <Button
        look="quiet"
        icon="enlarge"
        aria-pressed={large}
        className="max-sm:hidden"
        onClick={() => onEnlarge(!large)}
      >
        {large ? t.smaller : t.enlarge}
      </Button>
      {modules > WARN_ABOVE_MODULES && <Notice tone="warning">{t.denseCode}</Notice>}
    </div>
  );
}

function drawn(text: string): { path: string; size: number } {
  const matrix = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  let path = '';
  matrix.forEach((row, y) => {
    for (let x = 0; x < row.length; ) {
      let end = x;
      while (row[end] === true) end++;
      if (end > x) path += `M${x} ${y}h${end - x}v1h${x - end}z`;
      x = end + 1;
    }
  });
  return { path, size: matrix.length };
}
