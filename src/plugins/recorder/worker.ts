// The writer's thread: signing, hashing and syncing happen here, off the path of requests.
import {parentPort, workerData} from 'node:worker_threads'
import {serveWriter} from './writer.js'
import type {WriterInit} from './protocol.js'

if (parentPort !== null) serveWriter(parentPort, workerData as WriterInit)
