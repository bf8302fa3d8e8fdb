// A point of sale in Node.js: creates a customer, prints the receipt's line, and waits until HQ has
// given the account number. What it does when the store doesn't answer is docs/pos.md, in code.
//
//     npm ci && node pos_client.js 127.0.0.1:7411 Ada Lovelace

'use strict';

const crypto = require('node:crypto');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const PROTOS = path.join(__dirname, '..', '..', 'proto');
const CALL_TIMEOUT_MS = 2000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5000;
// A create is repeated for as long as the sale lasts.
const SALE_MS = 60_000;

const { CustomerService } = grpc.loadPackageDefinition(
  protoLoader.loadSync('comptoir/customer/v1/customer_service.proto', {
    includeDirs: [PROTOS],
    keepCase: true,
    longs: String,
    enums: String,
    bytes: Buffer,
  }),
).comptoir.customer.v1;

const details = new protobuf.Root();
details.resolvePath = (_, target) =>
  protobuf.common.get(target) ? target : path.join(PROTOS, target);
details.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto']);

// The error's details by the name of their type: { ErrorInfo, BadRequest, LocalizedMessage }.
function detailsOf(error) {
  const bytes = error.metadata?.get('grpc-status-details-bin')[0];
  if (!bytes) return {};
  const found = {};
  for (const any of details.lookupType('google.rpc.Status').decode(bytes).details) {
    const type = any.type_url.split('/').pop();
    const known = details.lookup(type);
    if (known) found[type.split('.').pop()] = known.decode(any.value);
  }
  return found;
}

// Whether the same request, with the same id, may succeed later: the table of docs/pos.md.
function mayBeRepeated(error) {
  const reason = detailsOf(error).ErrorInfo?.reason;
  switch (error.code) {
    case grpc.status.UNAVAILABLE:
      return reason !== 'HQ_UNREACHABLE';
    case grpc.status.DEADLINE_EXCEEDED:
      return true;
    case grpc.status.RESOURCE_EXHAUSTED:
      return ['OVERLOADED', 'DISK_FULL', 'OUTBOX_FULL'].includes(reason);
    default:
      return false;
  }
}

// 100 ms, then doubling up to 5 s, each time a little at random.
async function pause(attempt) {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  await sleep(longest * (0.5 + Math.random() / 2));
}

class PointOfSale {
  constructor(address, language) {
    this.store = new CustomerService(address, grpc.credentials.createInsecure());
    this.metadata = new grpc.Metadata();
    this.metadata.set('accept-language', language);
  }

  close() {
    this.store.close();
  }

  callOnce(method, request) {
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + CALL_TIMEOUT_MS };
      this.store[method](request, this.metadata, options, (error, response) =>
        error ? reject(error) : resolve(response),
      );
    });
  }

  async call(method, request) {
    const end = Date.now() + SALE_MS;
    for (let attempt = 0; ; ++attempt) {
      try {
        return await this.callOnce(method, request);
      } catch (error) {
        if (!mayBeRepeated(error) || Date.now() >= end) throw error;
      }
      await pause(attempt);
    }
  }

  // The UUID is minted before anything is sent: however often the request is repeated, and at
  // whichever service, it is one customer.
  async createCustomer(givenName, familyName) {
    const name = `customers/${crypto.randomUUID()}`;
    const form = await this.call('GetNewCustomerForm', {});
    const customer = { ...form, name, given_name: givenName, family_name: familyName };
    return this.call('CreateCustomer', { customer });
  }

  // Resolves to the customer as soon as it has an account number. A stream that breaks is opened
  // again: it begins with the customer as it is then.
  async untilSynced(name) {
    for (let attempt = 0; ; ++attempt) {
      try {
        const stream = this.store.WatchCustomer({ name }, this.metadata);
        for await (const customer of stream) {
          attempt = 0;
          if (customer.state !== 'CUSTOMER_STATE_PENDING') {
            stream.on('error', () => {}); // our own cancellation
            stream.cancel();
            return customer;
          }
        }
      } catch (error) {
        if (!mayBeRepeated(error)) throw error;
      }
      await pause(attempt);
    }
  }
}

function printReceipt(customer) {
  console.log(`${customer.display_name}: ${customer.account_number_text}`);
  for (const warning of customer.warnings ?? []) console.log(`  ${warning.text}`);
}

async function main() {
  const [address, givenName, familyName, language = 'en'] = process.argv.slice(2);
  if (!familyName) {
    console.error('usage: pos_client.js HOST:PORT GIVEN_NAME FAMILY_NAME [LANGUAGE]');
    return 2;
  }
  const pos = new PointOfSale(address, language);
  try {
    const customer = await pos.createCustomer(givenName, familyName);
    printReceipt(customer);
    if (customer.state === 'CUSTOMER_STATE_PENDING') {
      printReceipt(await pos.untilSynced(customer.name));
    }
    return 0;
  } catch (error) {
    const { ErrorInfo, BadRequest, LocalizedMessage } = detailsOf(error);
    console.error(LocalizedMessage?.message ?? error.details ?? error.message);
    if (ErrorInfo) console.error(`  reason: ${ErrorInfo.reason}`);
    for (const violation of BadRequest?.fieldViolations ?? []) {
      console.error(`  ${violation.field}: ${violation.reason}`);
    }
    return 1;
  } finally {
    pos.close();
  }
}

main().then((code) => {
  process.exitCode = code;
});
