// Written by `npm run train:injection`: the bytes of the model that this version judges with.
export const MODEL_SHA256 = 'c507b490bc95ec513c5a33ba9994d8d65bb768b61d7cc17f9043bc4523ba0f31'
