// Written by `npm run train:injection`: the bytes of the model that this version judges with.
export const MODEL_SHA256 = '74208dc8ef27f599ba29fa8004a68437220b86fc7ddb7c2d9b421d4186aa33b9'
