from visualize.data.files.picture_files import read_picture as read_picture
from visualize.data.open import open_images as open_images
from visualize.data.open import open_labelled as open_labelled
from visualize.data.sets.folder import Folder as Folder
from visualize.data.sets.folder import open_folder as open_folder
from visualize.data.sets.image_files import ImageFiles as ImageFiles
from visualize.data.sets.image_files import open_files as open_files
