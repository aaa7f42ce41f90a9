// Written by `npm run train:injection`: the bytes of the model that this version judges with.
export const MODEL_SHA256 = 'e5825c969a9f1593f8769473c5b8da799e787e634d3ca96b247418e181de06a6'
