// Written by `npm run train:injection`: the bytes of the model that this version judges with.
export const MODEL_SHA256 = '299c36478f6f6f4cde25fd048b37463bfb60024a9b294a00f04a9807cd600cb3'
