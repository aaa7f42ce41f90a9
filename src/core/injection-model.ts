// Written by `npm run train:injection`: the bytes of the model that this version judges with.
export const MODEL_SHA256 = 'ed102098914fd6a7133232041405dba6383359c5d4f74514ff9eed8c5934b1ca'
