//! Objects of the cluster as CEL values, and CEL values as plain ones.

use super::fields::{field, state};
use super::{ClaimError, Value};
use crate::cluster::object::Object;
use cel::ExecutionError;
use cel::common::traits::Indexer;
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelType, CelUInt, Type,
};
use cel::common::value::{CowVal, StaticVal, Val};
use serde_json::Value as Json;
use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// An object of the cluster. It becomes JSON when an expression first looks beyond its short fields.
#[derive(Clone)]
pub(super) struct Thing(Arc<Inner>);

struct Inner {
    object: Object,
    raw: OnceLock<CelMap<'static>>,
}

impl Thing {
    pub(super) fn new(object: Object) -> Thing {
        Thing(Arc::new(Inner { object, raw: OnceLock::new() }))
    }

    fn raw(&self) -> &CelMap<'static> {
        self.0.raw.get_or_init(|| map(self.0.object.to_json().as_object().into_iter().flatten()))
    }
}

impl fmt::Debug for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.object.kind().name(), self.0.object.name())
    }
}

impl Val for Thing {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        static TYPE: Type = Type::new_unspecified_type("object");
        &TYPE
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    /// Two versions of an object are equal if nothing differs.
    fn equals(&self, other: &dyn Val) -> bool {
        other.downcast_ref::<Thing>().is_some_and(|other| self.0.object == other.0.object)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }
}

impl StaticVal for Thing {}

impl Indexer for Thing {
    fn get<'b, 'v>(&'b self, name: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        let Some(text) = string_of(name) else {
            return Err(ExecutionError::UnexpectedType {
                got: name.get_type().name().to_owned(),
                want: "field name".to_owned(),
            });
        };
        if let Some(short) = field(&self.0.object, &text) {
            return Ok(CowVal::Owned(val(&short)));
        }
        if text == "raw" {
            return Ok(CowVal::Borrowed(self.raw()));
        }
        self.raw().get(name)
    }

    fn steal<'v>(self: Box<Self>, name: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        self.get(name).map(CowVal::into_owned)
    }
}

/// JSON as a CEL value.
pub(super) fn val(json: &Json) -> Box<dyn Val> {
    match json {
        Json::Null => Box::new(CelNull),
        Json::Bool(value) => Box::new(CelBool::from(*value)),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Box::new(CelInt::from(whole)),
            (None, Some(other)) => Box::new(CelDouble::from(other)),
            (None, None) => Box::new(CelNull),
        },
        Json::String(text) => Box::new(CelString::from(text.clone())),
        Json::Array(items) => Box::new(CelList::from(items.iter().map(val).collect::<Vec<_>>())),
        Json::Object(entries) => Box::new(map(entries)),
    }
}

fn map<'j>(entries: impl IntoIterator<Item = (&'j String, &'j Json)>) -> CelMap<'static> {
    let entries = entries.into_iter().map(|(key, value)| (CelMapKey::from(key.clone()), val(value)));
    CelMap::from(entries.collect::<HashMap<CelMapKey<'static>, Box<dyn Val>>>())
}

/// The string, if a value is one.
pub(super) fn string_of(value: &dyn Val) -> Option<String> {
    value.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned())
}

/// A CEL value as a plain one.
pub(super) fn to_value(value: &dyn Val) -> Value {
    if let Some(thing) = value.downcast_ref::<Thing>() {
        let object = &thing.0.object;
        return Value::Object {
            kind: object.kind().name(),
            name: object.name().to_owned(),
            state: state(object),
        };
    }
    if let Some(value) = value.downcast_ref::<CelBool>() {
        return Value::Bool(*value.inner());
    }
    if let Some(value) = value.downcast_ref::<CelInt>() {
        return Value::Int(*value.inner());
    }
    if let Some(value) = value.downcast_ref::<CelUInt>() {
        return i64::try_from(*value.inner())
            .map_or_else(|_| Value::Str(value.inner().to_string()), Value::Int);
    }
    if let Some(value) = value.downcast_ref::<CelDouble>() {
        return Value::Double(*value.inner());
    }
    if let Some(text) = string_of(value) {
        return Value::Str(text);
    }
    if value.downcast_ref::<CelNull>().is_some() {
        return Value::Null;
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        return Value::List(list.inner().iter().map(|item| to_value(item.as_ref())).collect());
    }
    if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        let entries = map.inner().iter();
        let entries =
            entries.map(|(key, value)| (to_value(key.inner()).to_string(), to_value(value.as_ref())));
        return Value::Map(entries.collect());
    }
    if let Some(name) = value.downcast_ref::<CelType>() {
        return Value::Str(name.name().to_owned());
    }
    Value::Str(format!("{value:?}"))
}

/// Why an expression could not be evaluated.
pub(super) fn to_error(error: &ExecutionError) -> ClaimError {
    match error {
        ExecutionError::FunctionError { function, message } => {
            ClaimError::Evaluation(format!("{function}(): {message}"))
        }
        ExecutionError::UndeclaredReference(name) => ClaimError::Unknown(name.to_string()),
        ExecutionError::NoSuchKey(key) => ClaimError::Evaluation(format!("there is no field {key}")),
        other => ClaimError::Evaluation(other.to_string()),
    }
}
