// SPDX-License-Identifier: Apache-2.0
#include "elements/message.h"

#include "graph/arguments.h"

namespace superfluid::elements {

const graph::ElementClass Message::kClass{"Message", "0/0", "a/a", graph::make_element<Message>};

void Message::configure(graph::Arguments& arguments) {
  std::string message;
  std::string type = "MESSAGE";
  arguments.required("MESSAGE", message).positional("TYPE", type).complete();
  if (!arguments.complaints().empty()) {
    return;
  }
  if (type == "ERROR") {
    arguments.complain(message);
  } else if (type == "WARNING") {
    arguments.warn(message);
  } else if (type == "MESSAGE") {
    arguments.inform(message);
  } else {
    arguments.complain("unrecognized message type");
  }
}

}  // namespace superfluid::elements
