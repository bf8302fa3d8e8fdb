// A point of sale in twenty lines: opens the New customer form, fills it in, saves it.
//
//     pos_client 127.0.0.1:7411 Ada Lovelace

#include <grpcpp/grpcpp.h>

#include <iostream>

#include "comptoir/customer/v1/customer_service.grpc.pb.h"

using namespace comptoir::customer::v1;

int main(int argc, char** argv) {
  if (argc != 4) return std::cerr << "usage: pos_client HOST:PORT GIVEN_NAME FAMILY_NAME\n", 2;
  auto store =
      CustomerService::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));

  // The form comes with a fresh UUID: saving it twice makes no second customer.
  CreateCustomerRequest request;
  grpc::ClientContext form_context;
  form_context.AddMetadata("accept-language", "fr");
  grpc::Status status = store->GetNewCustomerForm(&form_context, {}, request.mutable_customer());
  if (status.ok()) {
    request.mutable_customer()->set_given_name(argv[2]);
    request.mutable_customer()->set_family_name(argv[3]);
    Customer customer;
    grpc::ClientContext create_context;
    create_context.AddMetadata("accept-language", "fr");
    status = store->CreateCustomer(&create_context, request, &customer);
    // The account number, or what stands there until HQ has given one.
    if (status.ok()) std::cout << customer.account_number_text() << "\n";
  }
  if (!status.ok()) std::cerr << status.error_message() << "\n";
  return status.ok() ? 0 : 1;
}
