// Written by `npm run train:injection`: the bytes of the model that this version judges with.
export const MODEL_SHA256 = '03637cbaafcdcd05ceb95fd6906e62fe8d50a95adf2ae81621cf8872b03bd3b4'
