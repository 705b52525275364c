// The MNIST test digits that come with the page, fetched once and only when a
// result is compared.

export interface Digits {
  images: ArrayBuffer;
  labels: ArrayBuffer;
}

let digits: Promise<Digits> | undefined;

export function testDigits(addresses: { images: string; labels: string }): Promise<Digits> {
  digits ??= (async () => {
    const [images, labels] = await Promise.all([addresses.images, addresses.labels].map(async (a) => {
      const response = await fetch(a);
      if (!response.ok) throw new Error("the MNIST test digits could not be loaded");
      return response.arrayBuffer();
    }));
    return { images: images!, labels: labels! };
  })();
  digits.catch(() => (digits = undefined));
  return digits;
}
