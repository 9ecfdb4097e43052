/**
 * Protocol Buffers as far as one flat message needs them: varints and length-delimited fields. Of our own and not a
 * library, since the message has seven fields that have not changed since 2020, and the libraries bring a compiler of
 * schemas and code that is made at run time.
 */

export type ProtoField =
  | { readonly field: number; readonly kind: 'varint'; readonly value: bigint }
  | { readonly field: number; readonly kind: 'bytes'; readonly value: Uint8Array };

/** The fields of a message in their order; null when it is not one, or ends too early. Groups are refused. */
export function readProto(bytes: Uint8Array): readonly ProtoField[] | null {
  const fields: ProtoField[] = [];
  let at = 0;
  const varint = (): bigint | null => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) return null;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    return null;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag === null) return null;
    const field = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (wire === 0) {
      const value = varint();
      if (value === null) return null;
      fields.push({ field, kind: 'varint', value });
    } else if (wire === 2) {
      const length = varint();
      if (length === null || length > BigInt(bytes.length - at)) return null;
      fields.push({ field, kind: 'bytes', value: bytes.subarray(at, at + Number(length)) });
      at += Number(length);
    } else if (wire === 5 || wire === 1) {
      at += wire === 5 ? 4 : 8;
      if (at > bytes.length) return null;
    } else return null;
  }
  return fields;
}

export function writeProto(fields: readonly ProtoField[]): Uint8Array {
  const bytes: number[] = [];
  const varint = (value: bigint) => {
    let left = BigInt.asUintN(64, value);
    while (left >= 0x80n) {
      bytes.push(Number(left & 0x7fn) | 0x80);
      left >>= 7n;
    }
    bytes.push(Number(left));
  };
  for (const { field, kind, value } of fields) {
    varint(BigInt(field * 8 + (kind === 'varint' ? 0 : 2)));
    if (kind === 'varint') varint(value);
    else {
      varint(BigInt(value.length));
      bytes.push(...value);
    }
  }
  return Uint8Array.from(bytes);
}
