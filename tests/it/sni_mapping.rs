//! A server name for each broker, all on one port.

use crate::{harness::toml::Mapping, mapping};

#[test]
fn records_of_all_clients_go_through() {
    mapping::records_go_through(Mapping::Sni);
}

#[test]
fn transactions_go_through() {
    mapping::transactions_go_through(Mapping::Sni);
}

#[test]
fn administration_goes_through_and_every_address_is_oathgates() {
    mapping::administration_goes_through(Mapping::Sni);
}
